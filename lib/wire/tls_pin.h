/* tls_pin: the text of a pin, the SHA-256 of a certificate or public key: "sha256:" and 64 hexadecimal digits. */
#ifndef WIRE_TLS_PIN_H
#define WIRE_TLS_PIN_H

#include <stdbool.h>

struct buf;

#define TLS_PIN 32 /* the octets of a pin */

/* Read a pin; digits in any case, also with a colon between two pairs, as openssl(1) prints them. False: invalid. */
bool tls_pin_parse(const char *text, unsigned char pin[TLS_PIN]);

/* Append the text of a pin, with lower-case digits. */
void tls_pin_add(struct buf *out, const unsigned char pin[TLS_PIN]);

#endif
