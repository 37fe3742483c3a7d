#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds what is missing and runs selftests/demo.sh: in a virtual machine, or with VM=no on the running kernel.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$top"

scripts/setup.sh
make --no-print-directory -s tools
if [ "${VM:-yes}" = no ]; then
	scripts/build-kmod.sh host
	as_root selftests/demo.sh
else
	scripts/build-kmod.sh "${KERNEL:-floor}"
	scripts/vm.sh --kernel "${KERNEL:-floor}" -- selftests/demo.sh
fi
