/* folder.h - folder mode: a correct and fast server for the messages and articles in a directory. */
#ifndef TS_FOLDER_H
#define TS_FOLDER_H

#include "options.h"

/* Reads the directory; exits on an error. */
void folder_load(const struct options *o);

/* Serve until SIGTERM, or until no client has connected for o->idle seconds. Returns the exit status. */
int folder_serve(const struct options *o, int record, int segments);

#endif
