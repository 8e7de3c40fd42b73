#include "store/newsrc_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct newsrc_file {
	struct newsrc_file *next;
	char *path;
	struct newsrc *file;
};

struct newsrc *
newsrc_files_find(const struct newsrc_files *f, const char *path)
{
	const struct newsrc_file *k = f->list;

	while (k != NULL && strcmp(k->path, path) != 0)
		k = k->next;
	return k != NULL ? k->file : NULL;
}

void
newsrc_files_keep(struct newsrc_files *f, const char *path, struct newsrc *file)
{
	struct newsrc_file *k = mem_alloc(sizeof *k);

	*k = (struct newsrc_file){f->list, mem_strdup(path), file};
	f->list = k;
}

int
newsrc_files_end(struct newsrc_files *f, bool save, struct err *e)
{
	struct newsrc_file *k;
	int rc = 0;

	while ((k = f->list) != NULL) {
		f->list = k->next;
		if (save && rc == 0)
			rc = newsrc_save(k->file, e);
		newsrc_close(k->file);
		free(k->path);
		free(k);
	}
	return rc;
}
