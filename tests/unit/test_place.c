/* Opening of files that are written: links, owners, and replacements between finding and opening. */
#include <errno.h>

#include "base/err.h"
#include "store/fs.h"
#include "store/place.h"

#include "check.h"
#include "scratch.h"

#define OTHER 65534 /* a user who is neither us nor root */

static struct err e;

static int
find(struct place *p, const char *path, unsigned how)
{
	e = (struct err){0};
	return place_find(p, AT_FDCWD, path, how, &e);
}

/* Find the path and open it for writing; -1 with e. */
static int
open_path(const char *path, unsigned how)
{
	struct place p;
	int fd = find(&p, path, how);

	if (fd == 0)
		fd = place_open(&p, "", O_RDWR | O_CREAT, &e);
	place_close(&p);
	return fd;
}

static int
opens(const char *path, unsigned how)
{
	int fd = open_path(path, how);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

static int
refuses(const char *path, const char *why)
{
	return !opens(path, PLACE_FOLLOW) && e.status == EX_CANTCREAT &&
	       strstr(e.text, why) != NULL && strstr(e.text, path) != NULL;
}

static void
test_paths(void)
{
	struct place p;
	struct stat sb;
	char cwd[4096];
	struct buf path = {0};

	CHECK(getcwd(cwd, sizeof cwd) != NULL && mkdir("d", 0700) == 0);
	buf_addf(&path, "%s//./d/..//d/abs", cwd);
	CHECK(opens(buf_str(&path), 0) && access("d/abs", F_OK) == 0);
	CHECK(find(&p, "d/x//", 0) == 0);
	CHECK_TEXT(p.path, "d/x");
	CHECK_TEXT(p.name, "x");
	place_close(&p);
	CHECK(find(&p, "/", PLACE_FOLLOW) == 0);
	CHECK_TEXT(p.path, "/");
	place_close(&p);
	CHECK(find(&p, "none/x", 0) == -1 && e.status == EX_CANTCREAT);
	place_close(&p);
	CHECK(find(&p, "d/abs/x", 0) == -1 && strstr(e.text, "Not a directory") != NULL);
	place_close(&p);
	umask(0);
	CHECK(find(&p, "made/in/x", PLACE_MAKE) == 0);
	CHECK(stat("made/in", &sb) == 0 && (sb.st_mode & 07777) == 0700);
	place_close(&p);
	CHECK(opens("made/in/x", 0) && stat("made/in/x", &sb) == 0 && (sb.st_mode & 07777) == 0600);
	umask(022);
	CHECK(!opens("d", 0) && refuses("d", "directory"));
	buf_free(&path);
}

static void
test_links(void)
{
	struct stat sb;

	mkdir("t", 0700);
	CHECK(symlink("t", "dir") == 0 && symlink("../t/file", "t/link") == 0);
	CHECK(opens("dir/link", PLACE_FOLLOW) && lstat("t/file", &sb) == 0);
	CHECK(!opens("dir/link", 0) && strstr(e.text, "symbolic link") != NULL);
	CHECK(symlink("loop", "loop") == 0 && refuses("loop", "symbolic links"));
	CHECK(symlink("t/missing/x", "dangling") == 0 && refuses("dangling", "does not exist"));
	/* Another user may have hard-linked a trusted link into a directory that others can write. */
	CHECK(mkdir("shared", 0777) == 0 && chmod("shared", 01777) == 0);
	CHECK(symlink("../t/file", "t/two") == 0 && link("t/two", "shared/two") == 0);
	CHECK(refuses("shared/two", "several hard links"));
	CHECK(opens("t/two", PLACE_FOLLOW));
	if (getuid() != 0)
		return;
	CHECK(lchown("dir", OTHER, OTHER) == 0 && refuses("dir/link", "belongs to another user"));
	CHECK(lchown("dir", 0, 0) == 0 && lchown("t/link", OTHER, OTHER) == 0);
	CHECK(refuses("dir/link", "belongs to another user"));
}

static void
test_files(void)
{
	mkdir("f", 0700);
	scratch_write("f/a", "", 0);
	CHECK(link("f/a", "f/b") == 0 && refuses("f/b", "several hard links"));
	CHECK(unlink("f/a") == 0 && opens("f/b", 0));
	CHECK(mkfifo("f/fifo", 0600) == 0 && refuses("f/fifo", "not a regular file"));
	if (getuid() != 0)
		return;
	CHECK(chown("f/b", OTHER, OTHER) == 0 && refuses("f/b", "belongs to user"));
}

/* Changes that another user makes after the walk have no effect. */
static void
test_races(void)
{
	struct place p;
	int fd;

	mkdir("r", 0700);
	mkdir("victim", 0700);
	scratch_write("victim/file", "precious", 8);
	CHECK(find(&p, "r/file", PLACE_FOLLOW) == 0);
	/* The last component becomes a link. */
	CHECK(symlink("../victim/file", "r/file") == 0);
	CHECK(place_open(&p, "", O_RDWR | O_CREAT, &e) == -1 && errno == 0);
	CHECK(unlink("r/file") == 0);
	/* The directory is moved away, and a link stands in its place. */
	CHECK(rename("r", "moved") == 0 && symlink("victim", "r") == 0);
	fd = place_create(&p, ".new", &e);
	CHECK(fd != -1 && access("moved/file.new", F_OK) == 0);
	CHECK(place_replace(&p, ".new", &e) == 0 && place_is(&p, fd));
	CHECK(scratch_is("moved/file", "") && scratch_is("victim/file", "precious"));
	CHECK(place_sync(&p, &e) == 0);
	close(fd);
	/* The draft of a killed run has been replaced by a link. */
	CHECK(symlink("../victim/file", "moved/file.new") == 0);
	fd = place_create(&p, ".new", &e);
	CHECK(fd != -1 && write(fd, "draft", 5) == 5);
	close(fd);
	CHECK(scratch_is("moved/file.new", "draft") && scratch_is("victim/file", "precious"));
	place_close(&p);
}

static void
test_make(void)
{
	struct place p;

	if (getuid() != 0)
		return;
	CHECK(mkdir("theirs", 0755) == 0 && chown("theirs", OTHER, OTHER) == 0);
	CHECK(find(&p, "theirs/x", 0) == 0 && place_check(&p, &e) == -1);
	CHECK(strstr(e.text, "runuser -u ") != NULL);
	/* Root may still put a file of its own there, such as a transcript. */
	CHECK(place_may_make(&p, &e) == -1 && opens("theirs/x", 0));
	place_close(&p);
	CHECK(find(&p, "theirs", 0) == 0 && place_open_dir(&p, &e) == -1);
	place_close(&p);
}

static void
inputs(void)
{
	static char text[6000];
	int fd, ends[2];

	memset(text, 'a', sizeof text);
	text[5000] = '|';
	scratch_write("input", text, sizeof text);
	fd = open("input", O_RDONLY);
	CHECK(fs_refuse_dir(fd, "input", &e) == 0);
	CHECK(fs_may_contain(fd, '|') && !fs_may_contain(fd, 'b'));
	CHECK(lseek(fd, 5001, SEEK_SET) == 5001 && !fs_may_contain(fd, '|'));
	close(fd);
	fd = open(".", O_RDONLY);
	CHECK(fs_refuse_dir(fd, "input", &e) == -1 && e.status == EX_NOINPUT);
	CHECK_TEXT(e.text, "input: Is a directory");
	close(fd);
	CHECK(pipe(ends) == 0 && fs_may_contain(ends[0], 'b'));
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	scratch_begin();
	inputs();
	test_paths();
	test_links();
	test_files();
	test_races();
	test_make();
	return check_done();
}
