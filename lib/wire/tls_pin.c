#include "wire/tls_pin.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"

#define PREFIX "sha256:"

bool
tls_pin_parse(const char *text, unsigned char pin[TLS_PIN])
{
	if (!text_starts(text, PREFIX))
		return false;
	text += strlen(PREFIX);
	for (size_t i = 0; i < TLS_PIN; i++, text += 2) {
		if (i > 0 && *text == ':')
			text++;
		if (text_hex_digit(text[0]) == -1 || text_hex_digit(text[1]) == -1)
			return false;
		pin[i] = (unsigned char)(text_hex_digit(text[0]) << 4 | text_hex_digit(text[1]));
	}
	return *text == '\0';
}

void
tls_pin_add(struct buf *out, const unsigned char pin[TLS_PIN])
{
	buf_adds(out, PREFIX);
	digest_hex(out, pin, TLS_PIN);
}
