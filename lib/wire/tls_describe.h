/* tls_describe: the facts about a TLS connection as text and as JSON, for `info`. */
#ifndef WIRE_TLS_DESCRIBE_H
#define WIRE_TLS_DESCRIBE_H

struct buf;
struct json;
struct tls_info;

/*
 * Append a line "KEY: TEXT" for each fact: tls, verified, problem, the server's own certificate with its names, dates
 * and pins, and a line `chain` for each other certificate. Texts that are empty are left out. t NULL: no TLS.
 */
void tls_describe(const struct tls_info *t, struct buf *out);

/*
 * Write the keys tls {version, cipher, verified, resumed, problem}, certificate {subject, issuer, not-before, not-after,
 * names, chain} and pins into the object that is open. tls and certificate are null if t is NULL.
 */
void tls_describe_json(const struct tls_info *t, struct json *j);

#endif
