#!/bin/sh
# Plant bugs in the core, one at a time, and see that random days catch each,
# or the program that the plant names.
# usage: plants.sh SOURCE-ROOT CC LIBRARY-OF-THE-DAYS LIBRARY-OF-LIVENESS
#                  LIBRARY-OF-THE-CORE
#
# A plant is a sed script that names its file in the first line. The changed
# copy is linked before the library, whose own object is then left out. A
# plant that changes nothing, does not compile or is not caught, fails; being
# caught means that the days say which seed, not that something crashed.
set -u
root=$1 cc=$2 days=$3 live=$4 core=$5
here=$root/tests/property
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

plant() {
	name=$(basename "$1" .sed)
	file=$(sed -n '1s/^# file: //p' "$1")
	program=$(sed -n '2s/^# program: //p' "$1")
	library=$days
	[ "$program" != liveness ] || library=$live
	sed -E -f "$1" "$root/$file" >"$work/plant.c" || return 1
	if cmp -s "$root/$file" "$work/plant.c"; then
		echo "$name: does not apply to $file any more"
		return 1
	fi
	$cc -std=c11 -D_GNU_SOURCE -O1 -w -ffp-contract=off \
		-fno-strict-aliasing -I"$root/include" -I"$root/lib" \
		-DNDEBUG -I"$(dirname "$root/$file")" -c "$work/plant.c" \
		-o "$work/plant.o" &&
		$cc -o "$work/days" "$work/plant.o" "$library" "$core" -lm ||
		return 1
	# Some take more days than others to show.
	count=$(sed -n '2,3s/^# days: //p' "$1")
	first=$(sed -n '2,3s/^# seed: //p' "$1")
	if [ "$program" = liveness ]; then
		count=$(sed -n '3s/^# options: //p' "$1")
	else
		count="--days ${count:-400} --seed ${first:-1}"
	fi
	# shellcheck disable=SC2086
	timeout 240 "$work/days" $count >"$work/out" 2>&1
	if ! grep -q '^[a-z-]*: seed' "$work/out"; then
		echo "$name: not caught"
		tail -3 "$work/out"
		return 1
	fi
	echo "$name: $(grep -m1 '^[a-z-]*: seed' "$work/out")"
}

for p in "$here"/plants/*.sed; do
	if plant "$p"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed planted bugs caught, $failed not"
[ "$failed" -eq 0 ] && [ "$passed" -ge 10 ]
