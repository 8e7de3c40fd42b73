/* version: what --version prints, enough for a report about a fault. */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

struct buf;

/* Append the program's name and version, then a line each: the libraries with the versions that run now, the
 * protocols, the SASL mechanisms, the system interfaces that are used, and those that are replaced. */
void version_show(struct buf *b);

#endif
