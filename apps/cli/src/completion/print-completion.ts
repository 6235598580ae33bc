import { UsageError } from "../errors.ts";
import { SHELLS } from "./shells.ts";

/** Each script hands the words to `hodei complete` and shows what comes back: so it knows every later command as well. */
const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `_hodei() {
  local current=\${COMP_WORDS[COMP_CWORD]} value summary file
  COMPREPLY=()
  while IFS=$'\\t' read -r value summary; do
    if [[ $value == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$current")
    elif [[ -n $value ]]; then
      COMPREPLY+=("$(printf %q "$value")")
    fi
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _hodei hodei
`,
  zsh: `#compdef hodei
_hodei() {
  local value summary
  local -a candidates
  while IFS=$'\\t' read -r value summary; do
    if [[ $value == :files ]]; then
      _files
    elif [[ -n $value ]]; then
      candidates+=("\${value//:/\\\\:}:$summary")
    fi
  done < <("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#candidates} == 0 )) || _describe -t hodei hodei candidates
}
if [[ \${funcstack[1]} == _hodei ]]; then _hodei; else compdef _hodei hodei; fi
`,
  fish: `function __hodei_complete
  set -l words (commandline -opc)
  for line in ($words[1] complete -- $words[2..-1] (commandline -ct) 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c hodei -f -a '(__hodei_complete)'
`,
};

/** `hodei completion SHELL` */
export async function printCompletion(shell: string): Promise<void> {
  const known = SHELLS.find((each) => each === shell);
  if (!known) throw new UsageError(`"${shell}" is no shell that is known here; write one of ${SHELLS.join(", ")}`);
  process.stdout.write(SCRIPTS[known]);
}
