#include "cmd/complete.h"

#include <string.h>

int
complete_script(struct buf *b, const char *shell, struct err *e)
{
	if (strcmp(shell, "bash") == 0)
		complete_bash(b);
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh(b);
	else if (strcmp(shell, "fish") == 0)
		complete_fish(b);
	else
		return err_set(e, EX_USAGE,
			"completion: no script for '%s' (bash, zsh and fish have one)", shell);
	return 0;
}
