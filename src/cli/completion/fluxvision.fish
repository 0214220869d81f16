# SPDX-License-Identifier: MIT
# Completion of fluxvision and fluxvision-COMMAND for fish. What there is to choose comes from the program's own -h.

# The options of command $argv[2], as program $argv[1] tells them: "--name<TAB>text", and the same of letters.
function __fluxvision_options
    $argv[1] $argv[2] -h 2>/dev/null | string match -r '^  (?:-[a-zA-Z],|   ) --[a-z-]+.*' | while read -l line
        set -l part (string match -r '^ *(-[a-zA-Z])?,? *(--[a-z-]+)(?: [A-Z]+)? +(.*)$' -- $line)
        test -n "$part[-1]"; or continue
        printf '%s\t%s\n' $part[-2] $part[-1]
        string match -qr '^-[a-zA-Z]$' -- $part[2]; and printf '%s\t%s\n' $part[2] $part[-1]
    end
end

function __fluxvision
    set -l commands list get sync verify status doctor
    set -l words (commandline -opc)
    set -l program $words[1]
    set -l current (commandline -ct)
    set -l command (string replace -r '.*/' '' -- $program | string replace -fr '^fluxvision-' '')
    if test -n "$command"
        set program (string replace -r -- "-$command\$" '' $program)
    else
        for word in $words[2..-1]
            contains -- $word $commands; and set command $word; and break
        end
    end
    switch $words[-1]
        case --cacert --config -c --password-file --output -o
            __fish_complete_path $current
            return
        case --exec
            __fish_complete_command
            return
    end
    if test -z "$command"
        printf '%s\n' $commands -h --help -V --version
    else if string match -q -- '-*' $current
        __fluxvision_options $program $command
    else if contains -- $command sync verify status doctor
        __fish_complete_directories $current
    end
end

for program in fluxvision fluxvision-{list,get,sync,verify,status,doctor}
    complete -c $program -f -a '(__fluxvision)'
end
