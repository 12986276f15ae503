#!/usr/bin/env bash
# Runs the kernels at the portable level and at AVX2 under valgrind's memcheck: no read or write outside a buffer, no
# byte that depends on memory nobody wrote. What runs is the optimised code, of tests that allocate to the byte.
# valgrind knows no AVX-512 and hides it from the program, so that level is not checked here (the guard pages of
# `cargo test` check it). Usage: scripts/valgrind.sh [test...]; VALGRIND_OPTS=--track-origins=yes tells more
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    echo 'valgrind is missing. On Debian and Ubuntu: apt install valgrind; on Fedora: dnf install valgrind.' >&2
    exit 1
fi

tests=("$@")
if [[ $# == 0 ]]; then
    tests=(levels::some_of_everything levels::every_resize levels::the_ends levels::large_images)
fi

host=$(rustc -vV | sed -n 's/^host: //p')
levels=portable
[[ $host != x86_64-* ]] || levels=portable,avx2 # a level that valgrind does not show fails the first test

runner=CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$host")_RUNNER
export "$runner=valgrind --quiet --error-exitcode=1"
unset SAMEBATCH_LEVEL
SAMEBATCH_TEST_LEVELS=$levels cargo test --package samebatch-core --locked --profile bench --test kernels -- \
    --test-threads=1 --nocapture levels::no_required_level_is_missing "${tests[@]}"
