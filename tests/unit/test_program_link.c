/* Links to the program: which files they replace. */
#include "store/program_link.h"

#include "base/err.h"
#include "check.h"
#include "scratch.h"

static struct err e;
static char *self;

/* Make the link: 0, or the status of the error. */
static int
make(const char *path, bool hard)
{
	err_clear(&e);
	return program_link(self, path, hard, &e) == 0 ? 0 : e.status;
}

static bool
is_link_to(const char *path, const char *target)
{
	char found[4096];
	ssize_t n = readlink(path, found, sizeof found - 1);

	found[n < 0 ? 0 : n] = '\0';
	return strcmp(found, target) == 0;
}

/* Write a file with the octets that identify a mailnet, which lie across the end of a block of 16 KiB. */
static void
write_mailnet(const char *path)
{
	static char octets[20000];
	static const char mark[] = "@(#)mailnet: one program, many names";

	memcpy(octets + 16384 - 10, mark, sizeof mark);
	scratch_write(path, octets, sizeof octets);
}

static void
new_links(void)
{
	CHECK(make("nntp", false) == 0 && is_link_to("nntp", self));
	CHECK(make("nntp", false) == 0 && is_link_to("nntp", self));
	CHECK(make("nodir/nntp", false) == EX_CANTCREAT);
	CHECK(make("pop", true) == 0 && !is_link_to("pop", self));
	CHECK(make("pop", true) == 0);
	CHECK(make("pop", false) == 0 && is_link_to("pop", self));
	CHECK(make("nntp", true) == 0 && !is_link_to("nntp", self));
	CHECK(scratch_count(".") == 3);
}

static void
other_versions(void)
{
	write_mailnet("old");
	CHECK(make("old", false) == EX_CANTCREAT);
	CHECK_TEXT(e.text, "old: not replaced: not a link to mailnet (move the file away, then "
			   "install again)");
	CHECK(link("old", "hard") == 0 && make("hard", false) == 0 && is_link_to("hard", self));
	CHECK(symlink("old", "soft") == 0 && make("soft", false) == 0 && is_link_to("soft", self));
	CHECK(symlink("/nowhere/mailnet", "dangling") == 0 && make("dangling", false) == 0);
	CHECK(is_link_to("dangling", self));
}

static void
foreign_files(void)
{
	scratch_write("file", "mine", 4);
	CHECK(make("file", false) == EX_CANTCREAT && scratch_is("file", "mine"));
	CHECK(link("file", "hard2") == 0 && make("hard2", true) == EX_CANTCREAT);
	CHECK(symlink("file", "soft2") == 0 && make("soft2", false) == EX_CANTCREAT);
	CHECK(is_link_to("soft2", "file"));
	CHECK(symlink("nowhere", "lost") == 0 && make("lost", false) == EX_CANTCREAT);
	CHECK(mkdir("dir", 0700) == 0 && make("dir", false) == EX_CANTCREAT);
}

int
main(int argc, char **argv)
{
	char *program = program_path(argc > 0 ? argv[0] : NULL, &e);
	struct buf path = {0};
	char dir[4096];

	CHECK(program != NULL && program[0] == '/');
	scratch_begin();
	write_mailnet("program");
	buf_addf(&path, "%s/program", getcwd(dir, sizeof dir));
	self = buf_steal(&path);
	new_links();
	scratch_empty();
	write_mailnet("program");
	other_versions();
	foreign_files();
	free(self);
	free(program);
	return check_done();
}
