# SPDX-License-Identifier: MIT
# Completion of fluxvision and fluxvision-COMMAND for bash. What there is to choose comes from the program's own -h.

_fluxvision_options() {
    # The long and short names of command $2's options, as program $1 tells them.
    "$1" "$2" -h 2>/dev/null | sed -nE 's/^  (-[a-zA-Z],|   ) (--[a-z-]+).*/\1\n\2/p' | tr -d ', '
}

_fluxvision() {
    local current=$2 previous=$3 program=${COMP_WORDS[0]} command= word i
    local commands='list get sync verify status doctor'
    COMPREPLY=()
    case ${program##*/} in
    fluxvision-*) command=${program##*/fluxvision-} program=${program%-"$command"} ;;
    *)
        for ((i = 1; i < COMP_CWORD; i++)); do
            for word in $commands; do
                [ "${COMP_WORDS[i]}" = "$word" ] && command=$word && break 2
            done
        done
        ;;
    esac
    type -P -- "$program" >/dev/null || program=${COMP_WORDS[0]}
    case $previous in
    --cacert | --config | -c | --password-file | --output | -o | --metrics)
        COMPREPLY=($(compgen -f -- "$current"))
        compopt -o filenames 2>/dev/null
        return
        ;;
    --endpoint | -e | --proxy)
        COMPREPLY=($(compgen -W 'http:// https://' -- "$current"))
        return
        ;;
    --exec | --exec-end)
        COMPREPLY=($(compgen -c -- "$current"))
        return
        ;;
    --user | -u | --pinnedpubkey | --*-timeout | --max-time | --retries | --speed-* | --limit-rate | --jobs | --pipeline | --every | --include | \
        --exclude | --since | --until | --latest | --max-size | --max-delete | --min-free | --max-age)
        return
        ;;
    esac
    if [ -z "$command" ]; then
        COMPREPLY=($(compgen -W "$commands -h --help -V --version" -- "$current"))
    elif [[ $current == -* ]]; then
        COMPREPLY=($(compgen -W "$(_fluxvision_options "$program" "$command")" -- "$current"))
    elif [ "$command" = sync ] || [ "$command" = verify ] || [ "$command" = status ] || [ "$command" = doctor ]; then
        COMPREPLY=($(compgen -d -- "$current"))
        compopt -o filenames 2>/dev/null
    fi
}

complete -F _fluxvision fluxvision fluxvision-list fluxvision-get fluxvision-sync fluxvision-verify fluxvision-status fluxvision-doctor
