/** Shells that can complete this command line. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
