#!/bin/bash
# Hodei's worker on the provided.* runtimes of AWS Lambda: runs the command of an event and answers how it ended. Needs bash 4, curl and
# coreutils, which every provided runtime has. The event's texts are base64, so that no JSON has to be read:
#   {"hodei":1,"timeout_ms":N,"argv":"base64 of the words, each ended by NUL","env":"base64 of NAME=value, each ended by NUL"}
# The command is started as it stands, never by a shell. What it writes goes to the function's log and, its last part, into the answer.

api="http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime"
# Of each stream; both as base64 stay below the 6 MB that an answer may have.
kept=2000000
# Left for the answer before Lambda itself ends the function.
margin_ms=1500

field() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([A-Za-z0-9+\/=]*\).*/\1/p" "$work/event"; }

# Decodes a field into the array `words`.
read_words() {
  words=()
  field "$1" | base64 -d >"$work/words" || return 1
  while IFS= read -r -d '' word; do words+=("$word"); done <"$work/words"
  rm -f "$work/words"
}

next_event() {
  curl -sS -f --noproxy '*' -D "$work/headers" -o "$work/event" "$api/invocation/next" || exit 1
  id='' deadline_ms=''
  while IFS=': ' read -r name value; do
    value=${value%$'\r'}
    case ${name,,} in
      lambda-runtime-aws-request-id) id=$value ;;
      lambda-runtime-deadline-ms) deadline_ms=$value ;;
      lambda-runtime-trace-id) export _X_AMZN_TRACE_ID=$value ;;
    esac
  done <"$work/headers"
}

post() { curl -sS -f --noproxy '*' -o /dev/null -H 'Expect:' "${@:2}" --data-binary @"$work/answer" "$api/invocation/$id/$1" || exit 1; }

refuse() {
  printf '{"errorType":"Hodei.NoCommand","errorMessage":"%s"}' "$1" >"$work/answer"
  post error -H 'Lambda-Runtime-Function-Error-Type: Hodei.NoCommand'
}

# Seconds that the command may run: the job's timeout, and never longer than Lambda lets the function run.
limit_seconds() {
  local limit left
  limit=$(field timeout_ms)
  limit=${limit:-900000}
  if [ -n "$deadline_ms" ]; then
    left=$((deadline_ms - $(date +%s%3N) - margin_ms))
    [ "$left" -lt "$limit" ] && limit=$left
  fi
  [ "$limit" -lt 1 ] && limit=1
  printf '%d.%03d' $((limit / 1000)) $((limit % 1000))
}

run() {
  local pid dog patience
  mkdir "$work/job"
  rm -f "$work/timed-out" "$work/out.pipe" "$work/err.pipe"
  mkfifo "$work/out.pipe" "$work/err.pipe"
  tee "$work/out" <"$work/out.pipe" &
  local out_tee=$!
  tee "$work/err" <"$work/err.pipe" >&2 &
  local err_tee=$!
  # `env` would take a program with = in its name for one more variable.
  local by=()
  [[ ${argv[0]} == *=* ]] && by=(nice -n 0)
  # A group of its own each, so that all that was started ends with it.
  set -m
  (cd "$work/job" && exec env -- "${env[@]}" "${by[@]}" "${argv[@]}") </dev/null >"$work/out.pipe" 2>"$work/err.pipe" &
  pid=$!
  (
    sleep "$seconds"
    : >"$work/timed-out"
    kill -TERM -- "-$pid"
    sleep 1
    kill -KILL -- "-$pid"
  ) >/dev/null 2>&1 &
  dog=$!
  set +m
  { wait "$pid"; } 2>/dev/null
  code=$?
  # What it left in the background must not go on in the next job.
  kill -KILL -- "-$pid" 2>/dev/null
  kill -KILL -- "-$dog" 2>/dev/null
  set -m
  (
    sleep 2
    kill "$out_tee" "$err_tee"
  ) >/dev/null 2>&1 &
  patience=$!
  set +m
  { wait "$out_tee" "$err_tee" "$dog"; } 2>/dev/null
  kill -KILL -- "-$patience" 2>/dev/null
  { wait "$patience"; } 2>/dev/null
  rm -rf "$work/job"
}

answer() {
  local timed_out=false
  [ -e "$work/timed-out" ] && timed_out=true
  {
    printf '{"hodei":1,"exit_code":%d,"timed_out":%s,"stdout_bytes":%d,"stdout":"' "$code" "$timed_out" "$(wc -c <"$work/out")"
    tail -c "$kept" "$work/out" | base64 -w0
    printf '","stderr_bytes":%d,"stderr":"' "$(wc -c <"$work/err")"
    tail -c "$kept" "$work/err" | base64 -w0
    printf '"}'
  } >"$work/answer"
  post response
}

while :; do
  work=$(mktemp -d "${TMPDIR:-/tmp}/hodei.XXXXXX") || exit 1
  next_event
  if [ "$(field hodei)" != 1 ] || ! read_words argv || [ "${#words[@]}" -eq 0 ]; then
    refuse "the event is none of Hodei: it has no hodei, argv and env as this worker reads them"
  else
    argv=("${words[@]}")
    read_words env
    env=("${words[@]}")
    seconds=$(limit_seconds)
    rm -f "$work/event"
    run
    answer
  fi
  rm -rf "$work"
done
