#compdef mailnet nntp pop smtp sendmail mailq newaliases
# zsh completion for mailnet, printed by "mailnet completion zsh".

# Rows: PROTOCOL;VERB;LETTER;OPTION;ARGUMENT;HELP. VERB is * for a connection option, - for one before the verb only.
# A row without OPTION is a verb with its operands, or (without VERB) a protocol. A row with an OPTION and without
# VERB is an option of sendmail or mailq, with its dash.
typeset -g _mailnet_rows='
@rows@
'

# The action of _arguments for an argument of this name.
_mailnet_action() {
	case $1 in
	*FILE* | *DIR* | *DEST* | *PATH*) REPLY=_files ;;
	*[A-Z[\ ]*) REPLY='' ;;
	*) REPLY="(${1//|/ })" ;;
	esac
}

# Read the rows for $proto: protocols, verbs, connection options, and for verb $1 its options and operands.
_mailnet_read() {
	local p v letter name arg help spec REPLY
	while IFS=';' read -r p v letter name arg help; do
		help=${help//(#m)[\[\]:\\]/\\$MATCH}
		if [[ -z $v$name ]]; then
			[[ -z $p ]] || protocols+=("$p:$help")
			continue
		elif [[ $p != $proto ]]; then
			continue
		elif [[ -z $v && ( -z $arg || $arg == \[* ) ]]; then
			words_of+=("*${name}[$help]")
			continue
		elif [[ -z $v ]]; then
			_mailnet_action "$arg"
			words_of+=("*${name}+[$help]:$arg:$REPLY")
			continue
		elif [[ -z $name ]]; then
			verbs+=("$v:$help")
			[[ $v != "$1" ]] || _mailnet_action "$arg"
			[[ $v != "$1" || $REPLY != _files ]] || operand=('*:file:_files')
			continue
		fi
		spec="[$help]"
		if [[ -n $arg ]]; then
			_mailnet_action "$arg"
			spec+=":${arg//(#m)[\[\]:\\]/\\$MATCH}:$REPLY"
			spec=("*--$name=$spec" ${letter:+"*-$letter+$spec"})
		elif [[ -n $letter && $name != verbose ]]; then
			spec=("(-$letter --$name)"{-$letter,--$name}"$spec")
		elif [[ -n $letter ]]; then
			spec=("*"{-$letter,--$name}"$spec")
		else
			spec=("--$name$spec")
		fi
		case $v in
		'*') common+=($spec) ;;
		-) first+=($spec) ;;
		"$1") own+=($spec) ;;
		esac
	done <<<"$_mailnet_rows"
}

_mailnet_protocol() {
	local curcontext=$curcontext state line proto=$1 ret=1
	local -a protocols common first own verbs words_of operand=('*:argument:()')
	typeset -A opt_args
	_mailnet_read
	if (($#verbs == 0)); then
		_arguments -S $words_of $operand
		return
	fi
	_arguments -C -s -S $common $first '1:verb:->verb' '*:: :->operands' && ret=0
	case $state in
	verb) _describe -t verbs verb verbs && ret=0 ;;
	operands)
		common=()
		_mailnet_read $words[1]
		_arguments -s -S $own $common $operand && ret=0 ;;
	esac
	return ret
}

_mailnet() {
	setopt localoptions extendedglob
	local curcontext=$curcontext state line proto=$words[3] ret=1
	local -a protocols common first own verbs words_of operand
	typeset -A opt_args
	if [[ $service != mailnet ]]; then
		_mailnet_protocol $service
		return
	fi
	if ((CURRENT == 2)) && [[ $PREFIX == -* ]]; then
		compadd -- --help --version --list --install
		return
	fi
	((CURRENT > 3)) || [[ $words[2] != help ]] || proto=''
	_mailnet_read
	if ((CURRENT == 2)); then
		protocols+=('help:usage of a protocol or a verb' 'completion:print a completion script')
		_describe -t commands 'protocol or command' protocols
		return
	fi
	shift words
	((CURRENT--))
	case $words[1] in
	help)
		if ((CURRENT == 2)); then
			_describe -t commands protocol protocols
		elif ((CURRENT == 3)); then
			_describe -t verbs verb verbs
		fi ;;
	completion) _arguments '1:shell:(bash zsh fish)' ;;
	--install) _arguments '-H[make hard links]' '-s[make symbolic links (default)]' '1:directory:_files -/' ;;
	*) _mailnet_protocol $words[1] ;;
	esac
}

_mailnet "$@"
