/*
 * settings_file: which configuration files are read, and which sections and keys they may have. A key is the long name
 * of a connection option or of an option of `send`.
 */
#ifndef CMD_SETTINGS_FILE_H
#define CMD_SETTINGS_FILE_H

#include "auth/config.h"
#include "cmd/options.h"
#include "cmd/verb.h"

/* Append the path of the user's own file to `path`; nothing if no home directory is known. */
void settings_user_path(struct buf *path);

/* The file that is read instead of both: that of --config, else of $MAILNET_CONFIG ("": none); NULL: not given. */
const char *settings_only_file(const struct options *o);

/*
 * Read the files that `o` or the environment name, else the user's and the system's, into c (also after an error:
 * config_free), and check every section and key. EX_CONFIG with file and line.
 */
int settings_load(struct config *c, const struct options *o, struct err *e);

/* The connection option of the applet with this key, or the option of a verb; NULL: none. opts may be NULL. */
const struct option_row *settings_row(const struct applet *ap, const char *key);
const struct opt *settings_opt(const struct opt *opts, const char *key);

#endif
