# fish completion for mailnet, printed by "mailnet completion fish".

# The words before the cursor, from the protocol on.
function __mailnet_words
	set -l words (commandline -opc)
	set words[1] (string replace -r '.*/' '' -- $words[1])
	test "$words[1]" = mailnet; and set -e words[1]
	printf '%s\n' $words
end

# Is this PROTOCOL, and its verb VERB? VERB *: any verb, or none yet; -: none yet.
function __mailnet_at --argument-names proto verb
	set -l words (__mailnet_words)
	test "$words[1]" = "$proto"; or return 1
	test "$verb" != '*'; or return 0
	set -l skip 0
	for word in $words[2..-1]
		if test $skip = 1
			set skip 0
		else if contains -- $word $__mailnet_takes
			set skip 1
		else if not string match -q -- '-?*' $word
			test "$word" = "$verb"
			return
		end
	end
	test "$verb" = -
end

# True if COUNT words follow mailnet, the first of them is WORD and the second SECOND, where given.
function __mailnet_command --argument-names count word second
	set -l words (commandline -opc)
	string match -q -r '(^|/)mailnet$' -- $words[1]; or return 1
	test (count $words) -eq (math $count + 1); or return 1
	test -z "$word" -o "$words[2]" = "$word"; or return 1
	test -z "$second" -o "$words[3]" = "$second"
end

complete -c mailnet -f
complete -c mailnet -n '__mailnet_command 0' -a help -d 'usage of a protocol or a verb'
complete -c mailnet -n '__mailnet_command 0' -a completion -d 'print a completion script'
complete -c mailnet -n '__mailnet_command 1 completion' -a 'bash zsh fish'
complete -c mailnet -n '__mailnet_command 0' -l help -d 'show usage'
complete -c mailnet -n '__mailnet_command 0' -l version -d 'print the version'
complete -c mailnet -n '__mailnet_command 0' -l list -d 'print the applets'
complete -c mailnet -n '__mailnet_command 0' -l install -d 'make links to the applets'
complete -c mailnet -n '__mailnet_command 1 --install' -F

# Rows: PROTOCOL;VERB;LETTER;OPTION;ARGUMENT;HELP. VERB is * for a connection option, - for one before the verb only.
# A row without OPTION is a verb with its operands, or (without VERB) a protocol. A row with an OPTION and without
# VERB is an option of sendmail or mailq, with its dash.
for row in (string split \n '
@rows@
')
	set -l c (string split -m 5 ';' -- $row)
	test (count $c) = 6; or continue
	set -l at -c mailnet -c $c[1] -n "__mailnet_at $c[1] '$c[2]'"
	test -n "$c[2]"; or set at -c mailnet -c $c[1] -n "__mailnet_at $c[1] '*'"
	set -l spec -d $c[6]
	set -l file (string match -r 'FILE|DIR|DEST|PATH' -- $c[5])
	if test -z "$c[2]" -a -n "$c[4]"
		switch $c[5]
			case '' '[*'
			case '*|*'
				set -a spec -x -a (string replace -a '|' ' ' -- $c[5])
			case '*'
				set -a spec -x
		end
		complete $at -o (string sub -s 2 -- $c[4]) $spec
	else if test -z "$c[2]"
		complete -c mailnet -n '__mailnet_command 0' -a $c[1] $spec
		complete -c mailnet -n '__mailnet_command 1 help' -a $c[1] $spec
	else if test -z "$c[4]"
		complete -c $c[1] -f
		complete -c mailnet -c $c[1] -n "__mailnet_at $c[1] -" -f -a $c[2] $spec
		complete -c mailnet -n "__mailnet_command 2 help $c[1]" -f -a $c[2] $spec
		test -z "$file"; or complete $at -F
	else
		test -z "$c[3]"; or set -a spec -s $c[3]
		if test -n "$file"
			set -a spec -r -F
		else if string match -q -r '[A-Z[ ]' -- $c[5]
			set -a spec -x
		else if test -n "$c[5]"
			set -a spec -x -a (string replace -a '|' ' ' -- $c[5])
		end
		complete $at -l $c[4] $spec
		if test -n "$c[5]"; and contains -- "$c[2]" '*' -
			test -z "$c[3]"; or set -ga __mailnet_takes -$c[3]
			set -ga __mailnet_takes --$c[4]
		end
	end
end
