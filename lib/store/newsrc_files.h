/*
 * newsrc_files: the newsrc files of a run that stay open and locked until its end, because their marks count only once
 * the output of the whole run is in its place.
 */
#ifndef STORE_NEWSRC_FILES_H
#define STORE_NEWSRC_FILES_H

#include <stdbool.h>

#include "base/err.h"
#include "store/newsrc.h"

struct newsrc_file;

/* `struct newsrc_files f = {0};` has no file. */
struct newsrc_files {
	struct newsrc_file *list; /* the one kept last comes first */
};

/* The open file that was kept under this path; NULL: none. */
struct newsrc *newsrc_files_find(const struct newsrc_files *f, const char *path);

/* Keep an open file, which newsrc_files_end will close. path is copied. */
void newsrc_files_keep(struct newsrc_files *f, const char *path, struct newsrc *file);

/* The end of the run: save all files, or drop their marks; close them. The first error of newsrc_save, or 0. */
int newsrc_files_end(struct newsrc_files *f, bool save, struct err *e);

#endif
