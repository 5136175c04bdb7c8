#!/bin/sh
# Make a static library that exports usher_* and nothing else.
#
#   static.sh LD OBJCOPY AR OUTPUT [LD-OPTION ...] OURS.a [THEIRS.a ...]
#
# Hidden visibility ends at a shared library's border; in an archive every
# global symbol is seen by the program, and libre's would clash with the
# host's own libre. So our objects are linked with the members of libre that
# they need into one object, in which everything else is made local.
set -eu
ld=$1 objcopy=$2 ar=$3 output=$4
shift 4
options=
while :; do
	case $1 in
	-*) options="$options $1" ;;
	*) break ;;
	esac
	shift
done
ours=$1
shift
object=$output.o
trap 'rm -f "$object"' EXIT
"$ld" -r $options -o "$object" --whole-archive "$ours" --no-whole-archive "$@"
"$objcopy" --wildcard --keep-global-symbol='usher_[!_]*' "$object"
rm -f "$output"
"$ar" rcs "$output" "$object"
