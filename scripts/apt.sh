# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the scripts: package lists of one Debian suite, apart from those of the system.
# The mirror is the system's own; the system's apt state is neither used nor changed.

# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

debian_codename()
{
	(
		. /etc/os-release
		[ "$ID" = debian ] || die "made for Debian 12 and 13, this is $ID"
		echo "$VERSION_CODENAME"
	)
}

# The suite with Linux 6.12.
floor_suite()
{
	case $(debian_codename) in
	bookworm) echo bookworm-backports ;;
	*) echo trixie ;;
	esac
}

debian_mirror()
{
	local uri
	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		"Codename: $(debian_codename)" 'Component: main' | head -n 1)
	if [ -z "$uri" ]; then
		quiet as_root apt-get update
		uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
			"Codename: $(debian_codename)" 'Component: main' | head -n 1)
	fi
	[ -n "$uri" ] || die "no mirror of $(debian_codename) among the system's apt sources"
	echo "$uri"
}

# update_lists NAME SUITE... makes lists so that "with_lists NAME apt-get ..." sees these suites and no others.
update_lists()
{
	local name=$1 dir=$cache/apt/$1 suite
	shift
	mkdir -p "$dir/none" "$dir/lists/partial" "$dir/cache/archives/partial"
	for suite; do
		echo "deb [signed-by=$keyring] $(debian_mirror) $suite main"
	done >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-END
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "$dir/none";
		Dir::State::lists "$dir/lists";
		Dir::Cache "$dir/cache";
		Acquire::Languages "none";
		APT::Sandbox::User "$(id -un)";
	END
	quiet with_lists "$name" apt-get update
}

with_lists()
{
	local name=$1
	shift
	APT_CONFIG=$cache/apt/$name/apt.conf "$@"
}
