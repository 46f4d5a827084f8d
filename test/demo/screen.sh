# Sourced by test/demo/run: what the demo writes, on a terminal and elsewhere.

# A terminal has some lines redrawn; a log of a build gets plain lines, now and then.
live=0
bold='' faint='' plain=''
if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then
    live=1
    bold=$'\e[1m' faint=$'\e[2m' plain=$'\e[0m'
fi
drawn=0

# heading TEXT: begin a part of the demo.
heading() {
    printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
}

# say TEXT: a line, below which redrawing begins anew.
say() {
    drawn=0
    printf '   %s\n' "$1"
}

# redraw LINE...: write these lines over those of the last call.
redraw() {
    local line
    ((drawn == 0)) || printf '\e[%dA' "$drawn"
    for line in "$@"; do
        printf '   %s\e[K\n' "$line"
    done
    drawn=$#
}

# bar N OF: a bar of 40 places, so much of it filled.
bar() {
    local filled=$(($2 > 0 ? ($1 * 40 + $2 - 1) / $2 : 0)) line
    ((filled <= 40)) || filled=40
    printf -v line '%*s' "$filled" ''
    printf '%s%*s' "${line// /#}" $((40 - filled)) '' | tr ' ' .
}
