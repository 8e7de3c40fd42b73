/* folder.h - folder mode: an honest, fast server of what lies in a directory. */
#ifndef TS_FOLDER_H
#define TS_FOLDER_H

#include "options.h"

/* Reads the directory. Exits if that cannot be done. */
void folder_load(const struct options *o);

/* Serve until SIGTERM, or until no client has connected for o->idle seconds. Returns the exit status. */
int folder_serve(const struct options *o, int record, int segments);

#endif
