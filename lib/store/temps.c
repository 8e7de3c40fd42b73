#include "store/temps.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct temp {
	struct temp *next;
	char *path;
};

static struct temp *temps;

void
temps_add(const char *path)
{
	struct temp *t = mem_alloc(sizeof *t);

	t->path = mem_strdup(path);
	t->next = temps;
	temps = t;
}

void
temps_forget(const char *path)
{
	for (struct temp **t = &temps; *t != NULL; t = &(*t)->next)
		if (strcmp((*t)->path, path) == 0) {
			struct temp *gone = *t;

			*t = gone->next;
			free(gone->path);
			free(gone);
			return;
		}
}

void
temps_remove_all(void)
{
	for (const struct temp *t = temps; t != NULL; t = t->next)
		unlink(t->path);
}
