#!/usr/bin/env bats
# How the program is built.

bats_require_minimum_version 1.5.0
load lib/common

# compile FLAG...: the command that compiles a file when the user gives these flags to make.
compile()
{
	# shellcheck disable=SC2016 # make expands it
	printf 'include Makefile\nprint-compile:\n\t@echo " $(COMPILE) "\n' |
		env -u MAKEFLAGS -u MAKELEVEL make -s -C "$top_builddir" -f - "$@" print-compile
}

@test "build: hardening flags are used, and the user's flags override them" {
	run compile
	assert_success
	assert_regex "$output" ' -fstack-protector-strong .*-fstack-clash-protection '
	case $(uname -m) in
	x86_64) assert_regex "$output" ' -fcf-protection ' ;;
	aarch64) assert_regex "$output" ' -mbranch-protection=standard ' ;;
	esac
	[[ $output == *-fsanitize=* ]] || assert_regex "$output" ' -ftrivial-auto-var-init=zero '
	run compile CFLAGS=-fcf-protection=none CPPFLAGS=-U_FORTIFY_SOURCE
	assert_regex "$output" '-fstack-clash-protection .*-fcf-protection=none'
	[[ $output != *-D_FORTIFY_SOURCE* ]] || assert_regex "$output" '-D_FORTIFY_SOURCE.*-U_FORTIFY_SOURCE'
}

@test "build: the C library's run-time checks are compiled in, except in a sanitizer build" {
	run compile
	[[ $output != *-fsanitize=* ]] || return 0
	# Without optimisation the C library checks nothing.
	[[ $output != *-O0* ]] || return 0
	run readelf --wide --dyn-syms "$MAILNET"
	assert_success
	assert_regex "$output" '__memcpy_chk|__snprintf_chk|__vsnprintf_chk'
}
