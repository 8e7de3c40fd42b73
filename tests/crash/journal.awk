# Functions that read a journal (lib/store/journal_record.h).

# The hexadecimal digits of an unpadded base64 text.
function unpacked(text,   digits, bits, value, hex, i) {
	digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for (i = 1; i <= length(text); i++) {
		value = value * 64 + index(digits, substr(text, i, 1)) - 1
		for (bits += 6; bits >= 4; value %= 2 ^ bits) {
			bits -= 4
			hex = hex sprintf("%x", int(value / 2 ^ bits))
		}
	}
	return substr(hex, 1, int(length(text) * 3 / 4) * 2)
}

# A file name in a prepared record: see lib/store/journal_record.h.
function name_of(field,   part) {
	if (field ~ /^=/) return substr(field, 2)
	split(field, part, ".")
	return unpacked(part[2]) "." unpacked(part[3])
}
