/* The text of a pin. */
#include "wire/tls_pin.h"

#include "base/buf.h"
#include "base/text.h"
#include "check.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void
texts(void)
{
	unsigned char pin[TLS_PIN];
	struct buf b = {0};

	CHECK(tls_pin_parse("SHA256:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:"
			    "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF",
		pin));
	CHECK(pin[0] == 0x01 && pin[5] == 0xab && pin[31] == 0xef);
	tls_pin_add(&b, pin);
	CHECK_TEXT(b.data, "sha256:" DIGITS "f");
	CHECK(tls_pin_parse(b.data, pin) && pin[31] == 0xef);
	buf_free(&b);
}

static void
faults(void)
{
	static const char *const invalid[] = {"", "sha256:", "sha256", DIGITS "f", "sha256:" DIGITS,
		"sha256:" DIGITS "ff", "sha256:" DIGITS "g", "sha256:" DIGITS ":f",
		"sha256::" DIGITS "f", "sha256:" DIGITS "f:", "sha1:" DIGITS "f"};
	unsigned char pin[TLS_PIN];

	for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++)
		CHECK(!tls_pin_parse(invalid[i], pin));
	for (int c = 0; c < 256; c++)
		CHECK((text_hex_digit((char)c) != -1) ==
			(c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL));
}

int
main(void)
{
	texts();
	faults();
	return check_done();
}
