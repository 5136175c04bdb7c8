#include <core/texts.h>

size_t usher__texts_size(const struct usher__texts *texts)
{
	return sizeof(*texts) + texts->origin + texts->entry +
	       texts->customer + texts->attrs + 3;
}

const char *usher__texts_origin(const struct usher__texts *texts)
{
	return texts ? texts->bytes : "";
}

const char *usher__texts_entry(const struct usher__texts *texts)
{
	return texts ? texts->bytes + texts->origin + 1 : "";
}

const char *usher__texts_customer(const struct usher__texts *texts)
{
	return texts ? texts->bytes + texts->origin + texts->entry + 2 : "";
}

struct usher__bytes usher__texts_attrs(const struct usher__texts *texts)
{
	struct usher__bytes attrs = {NULL, 0, 0};

	if (texts && texts->attrs) {
		attrs.ptr = texts->bytes + texts->origin + texts->entry +
			    texts->customer + 3;
		attrs.len = texts->attrs;
		attrs.count = texts->attr_count;
	}
	return attrs;
}
