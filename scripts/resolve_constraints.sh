#!/usr/bin/env bash
# Checks that constraints.txt, pyproject.toml's groups and every Python found here go together. pip resolves without
# installing; it reads the metadata of packages, not the packages. Usage: resolve_constraints.sh PYTHON
set -euo pipefail

environments=$(mktemp -d)
trap 'rm -rf "$environments"' EXIT
pip_version=$(sed -nE 's/^(pip==[0-9.]+)$/\1/p' constraints.txt)

"$1" scripts/pythons.py | while IFS=$'\t' read -r version python; do
    "$python" -m venv "$environments/$version"
    "$environments/$version/bin/python" -m pip install --quiet "$pip_version"
    "$environments/$version/bin/python" -m pip install --quiet --dry-run -c constraints.txt --group dev >/dev/null
    echo "Python $version: constraints.txt resolves"
done
