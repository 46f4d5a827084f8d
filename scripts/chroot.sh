# Sourced by scripts that try what is committed on a bare Debian, in a chroot.

# inside ROOT USER COMMAND: run it there, logged in as that user, among processes
# of its own that end with it.
inside() {
    unshare --mount --pid --fork --kill-child bash -c '
        mount -t proc proc "$1/proc"; mount -t tmpfs tmpfs "$1/dev/shm" 2>/dev/null
        exec chroot "$1" su --login "$2" --shell /bin/bash --command "$3"' - \
        "$1" "$2" "export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive; $3" </dev/null
}

# bare_root ROOT: a new copy of Debian 12 with nothing in it but its base, beside the one it is copied from.
bare_root() {
    scripts/debian_root "${1%/*}/bookworm"
    rm -rf "$1"
    cp -a "${1%/*}/bookworm" "$1"
    inside "$1" root 'apt-get -qq update'
}
