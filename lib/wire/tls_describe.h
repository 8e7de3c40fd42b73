/* tls_describe: the facts about a TLS connection as text, for `info`. */
#ifndef WIRE_TLS_DESCRIBE_H
#define WIRE_TLS_DESCRIBE_H

struct buf;
struct tls_info;

/*
 * Append a line "KEY: TEXT" for each fact: tls, verified, problem, the server's own certificate with its names, dates
 * and pins, and a line `chain` for each other certificate. Texts that are empty are left out. t NULL: no TLS.
 */
void tls_describe(const struct tls_info *t, struct buf *out);

#endif
