#!/usr/bin/env bats
# What a start brings along: libraries cost more CPU time than a message does.

# libraries: all that are loaded before main, by name.
libraries() {
	LD_TRACE_LOADED_OBJECTS=1 "$SENDMX" | awk '{ print $1 }' | sed 's,.*/,,; s,\.so.*,,' | sort
}

@test "sendmx loads no second TLS library but what libldns brings along, and not curl" {
	run libraries
	echo "$output"
	[ "$status" = 0 ]
	grep -qx libgnutls <<<"$output"
	wanted_less='libcurl.*|libunbound|libgnutls-dane'
	grep -qx libldns <<<"$output" || wanted_less+='|libcrypto|libssl'
	run grep -Ex "$wanted_less" <<<"$output"
	[ "$status" = 1 ]
}
