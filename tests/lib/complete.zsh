# zsh -f complete.zsh SHELL SCRIPT TEXT: type TEXT and a TAB into an interactive SHELL (bash or zsh)
# that has loaded SCRIPT, press return, and print the words that mailnet was called with: <a><b>.
zmodload zsh/zpty || exit 1
shell=$1 script=$2 text=$3
run='mailnet() { printf "CALLED:"; printf "<%s>" "$@"; printf ":END\n"; }; nntp() { mailnet "$@"; }'

case $shell in
bash)
	zpty sh 'INPUTRC=/dev/null PS1= bash --norc --noprofile -i'
	setup="bind 'set enable-bracketed-paste off'; source ${(q)script}" ;;
zsh)
	dir=${script:h}
	zpty sh 'PS1= zsh -f -i'
	setup="unsetopt zle_bracketed_paste beep; PS1=; fpath=(${(q)dir} \$fpath); autoload -U compinit; compinit -u -D" ;;
esac
# The marker is written so that the echo of the line does not look like it.
zpty -w sh "$setup; $run; echo REA''DY"
zpty -r sh seen '*READY*' || exit 1
zpty -w -n sh "$text"$'\t\n'
zpty -r sh seen '*CALLED:*:END*' || exit 1
seen=${seen##*CALLED:}
print -r -- ${seen%%:END*}
zpty -d sh
