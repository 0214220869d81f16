#compdef fluxvision fluxvision-list fluxvision-get fluxvision-sync fluxvision-verify fluxvision-status fluxvision-doctor
# SPDX-License-Identifier: MIT
# Completion of fluxvision and fluxvision-COMMAND for zsh. What there is to choose comes from the program's own -h.

# The specifications of command $2's options for _arguments, as program $1 tells them.
_fluxvision_options() {
    local line letter name value text action
    "$1" "$2" -h 2>/dev/null | while IFS= read -r line; do
        [[ $line =~ '^  (-[a-zA-Z]|   ),? ?--([a-z-]+) ?([A-Z]*) +(.*)$' ]] || continue
        letter=${match[1]// /} name=${match[2]} value=${match[3]} text=${${match[4]//\[/(}//\]/)}
        text=${text//:/\\:}
        action=
        if [[ -n $value ]]; then
            action=":$value:"
            [[ $value == FILE ]] && action=":$value:_files"
            [[ $value == CMD ]] && action=":$value:_command_names -e"
        fi
        print -r -- "*--${name}[${text}]$action"
        if [[ -n $letter ]]; then
            print -r -- "*${letter}[${text}]$action"
        fi
    done
}

_fluxvision() {
    local program=$words[1] command=
    local -a commands options
    commands=('list:what is there' 'get:one file' 'sync:bring a directory up to date' 'verify:read the files again'
        'status:how the last sync ended' 'doctor:what stands in the way')
    if [[ ${program:t} == fluxvision-* ]]; then
        command=${${program:t}#fluxvision-}
        program=${program%-$command}
    elif (( CURRENT == 2 )); then
        _describe command commands
        return
    else
        command=$words[2]
        shift words
        (( CURRENT-- ))
    fi
    options=("${(@f)$(_fluxvision_options $program $command)}")
    case $command in
    sync) _arguments -s "$options[@]" '1:scope:' '*:scope or directory:_directories' ;;
    verify | status) _arguments -s "$options[@]" '1:directory:_directories' ;;
    doctor) _arguments -s "$options[@]" '::scope:' '::directory:_directories' ;;
    list) _arguments -s "$options[@]" '*:scope:' ;;
    *) _arguments -s "$options[@]" '1:what:' ;;
    esac
}

_fluxvision "$@"
