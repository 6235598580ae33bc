/** A live worker `w`, by its state: for look-ups by key, where the column `is_live` could lead the planner to the index of all live workers. */
export const IS_LIVE = "w.state IN ('REQUESTED', 'STARTING', 'RUNNING')";
