#!/usr/bin/env bash
# Checks that what samebatch is built with is here, and says of everything missing what it is and how to get it.
# Usage: check_tools.sh PYTHON VENV ORIGIN, where ORIGIN is "file" unless the user named the interpreter.
set -euo pipefail

python=$1
venv=$2
origin=$3
missing=0

miss() {
    missing=1
    printf 'missing: %s\n         %s\n' "$1" "$2" >&2
}

version_of() {
    "$1" -c 'import platform; print(platform.python_implementation(), platform.python_version())' 2>/dev/null ||
        echo 'something that does not run'
}

minor_of() {
    version_of "$1" | cut -d. -f1,2
}

is_supported() {
    "$1" -c 'import sys; sys.exit(sys.implementation.name != "cpython" or sys.version_info < (3, 10))' 2>/dev/null
}

if [[ -x $venv/bin/python ]]; then
    # The environment exists: its interpreter is the one that counts.
    if ! is_supported "$venv/bin/python"; then
        miss "CPython 3.10 or later in $venv" "It has $(version_of "$venv/bin/python"). Remove it: make clean"
    elif [[ $origin != file && $(minor_of "$python") != "$(minor_of "$venv/bin/python")" ]]; then
        miss "$venv of $python ($(version_of "$python"))" \
            "It was made with $(version_of "$venv/bin/python"). Remove it (make clean), or name another: VENV=.venv-2"
    fi
elif ! command -v "$python" >/dev/null; then
    miss "Python ($python)" \
        "Install CPython 3.10 or later from python.org or your system's packages, or name one: make setup PYTHON=python3.12"
elif ! is_supported "$python"; then
    miss "CPython 3.10 or later ($python is $(version_of "$python"))" \
        "Install one, or name one you have: make setup PYTHON=python3.12"
elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    miss "the modules venv and ensurepip of $python" "On Debian and Ubuntu: apt install python3-venv"
fi

command -v git >/dev/null || miss git "Install it from your system's packages."

if ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
    miss "the Rust toolchain (cargo, rustc)" "See rustup.rs; then open a new shell, or: source ~/.cargo/env"
else
    wanted=$(sed -nE 's/^rust-version *= *"([0-9.]+)".*/\1/p' Cargo.toml)
    found=$(rustc --version | cut -d' ' -f2)
    if [[ $(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n1) != "$wanted" ]]; then
        miss "Rust $wanted or later (rustc is $found)" "rustup update"
    fi
fi

if ! command -v cc >/dev/null && ! command -v gcc >/dev/null && ! command -v clang >/dev/null; then
    miss "a C compiler (cc), for the decoders and as Rust's linker" \
        "On Debian and Ubuntu: apt install gcc libc6-dev; on Fedora: dnf install gcc; on macOS: xcode-select --install"
fi

# libjpeg-turbo's vector code is written in its language; on other processors the C compiler is enough.
case $(uname -m) in
x86_64 | amd64 | i?86)
    command -v nasm >/dev/null || miss "nasm, for the vector code of libjpeg-turbo" \
        "On Debian and Ubuntu: apt install nasm; on Fedora: dnf install nasm; on macOS: brew install nasm"
    ;;
esac

exit "$missing"
