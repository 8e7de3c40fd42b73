# bash completion for mailnet, printed by "mailnet completion bash". It needs nothing but bash.

# Rows: PROTOCOL;VERB;LETTER;OPTION;ARGUMENT;HELP. VERB is * for a connection option, - for one before the verb only.
# A row without OPTION is a verb with its operands, or (without VERB) a protocol. A row with an OPTION and without
# VERB is an option of sendmail or mailq, with its dash.
_mailnet_rows='
@rows@
'

# _mailnet_find protocols|verbs|options|operands|OPTION: set value to the words to offer for $proto and $verb, or to
# :file, or (an argument that only the user knows) :any. Fail if there is nothing, as for an option without argument.
_mailnet_find()
{
	local p v letter name arg
	value=''
	while IFS=';' read -r p v letter name arg _; do
		case $1 in
		protocols)
			[[ -n $v$name ]] || value+="$p " ;;
		verbs)
			[[ $p != "$proto" || -z $v || -n $name ]] || value+="$v " ;;
		options)
			[[ $p == "$proto" && -n $name && ($v == "${verb:--}" || $v == '*' || -z $v) ]] || continue
			[[ $name == -* ]] || name=--$name
			value+="${letter:+-$letter }$name " ;;
		operands)
			[[ $p == "$proto" && $v == "$verb" && -z $name && -n $v ]] || continue ;;&
		-*)
			[[ $p == "$proto" && ($v == "$verb" || $v == [*-] || -z $v) ]] || continue
			[[ $1 == "--$name" || $1 == "-$letter" || $1 == "$name" ]] || continue ;;&
		operands | -*)
			[[ -n $v || $arg != '['* ]] || arg='' # only in the same word
			case $arg in
			'') ;;
			*FILE* | *DIR* | *DEST* | *PATH*) value=:file ;;
			*[A-Z[\ ]*) value=:any ;;
			*) value=${arg//|/ } ;;
			esac
			break ;;
		esac
	done <<<"$_mailnet_rows"
	[[ -n $value ]]
}

# Set proto, verb, cur, the word before the cursor, and option, if cur is its argument. Words that bash cut at = and :
# are put together again first.
_mailnet_walk()
{
	local line=${COMP_LINE:0:COMP_POINT} word pending='' i=1
	words=() proto='' verb='' option=''
	for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
		if [[ ${#words[@]} -gt 0 && $line != [[:blank:]]* ]]; then
			words[${#words[@]}-1]+=$word
		else
			words+=("$word")
		fi
		line=${line#"${line%%[![:blank:]]*}"}
		line=${line#"$word"}
	done
	cur=${words[${#words[@]}-1]}
	proto=${words[0]##*/}
	if [[ $proto == mailnet ]]; then
		proto=''
		((${#words[@]} > 2)) || return
		proto=${words[1]} i=2
	fi
	for ((; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		if [[ -n $pending ]]; then
			pending=''
		elif [[ $word == -?* ]]; then
			_mailnet_find "$word" && pending=$word
		elif [[ -z $verb ]]; then
			verb=$word
		fi
	done
	option=$pending
}

# Offer these words, or files.
_mailnet_offer()
{
	if [[ $1 == :file ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	elif [[ $1 != :any ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
	fi
}

_mailnet()
{
	local words proto verb option cur value find IFS=$' \t\n'
	COMPREPLY=()
	_mailnet_walk
	case $proto in
	'')
		_mailnet_find protocols
		_mailnet_offer "$value help completion --help --version --list --install"
		return ;;
	help)
		find=protocols
		((${#words[@]} == 3)) || find=verbs proto=${words[2]}
		((${#words[@]} > 4)) || { _mailnet_find $find && _mailnet_offer "$value"; }
		return ;;
	completion)
		_mailnet_offer 'bash zsh fish'
		return ;;
	--install)
		if [[ $cur == -* ]]; then _mailnet_offer '-H -s'; else _mailnet_offer :file; fi
		return ;;
	esac
	if [[ -z $option && $cur == --*=* ]]; then
		option=${cur%%=*} cur=${cur#*=}
		_mailnet_find "$option" || return
		_mailnet_offer "$value"
		[[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/$option=}")
		return
	fi
	if [[ -n $option ]]; then
		find=$option
	elif [[ $cur == -* ]]; then
		find=options
	elif [[ -z $verb ]]; then
		find=verbs
	else
		find=operands
	fi
	_mailnet_find "$find" && _mailnet_offer "$value"
}

complete -F _mailnet mailnet nntp pop smtp sendmail mailq newaliases
