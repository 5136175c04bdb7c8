// The core library from Go, through cgo: inputs and events go by their names
// in the schema.
//
//	cd bindings/go && go run .
//
// Where the library is installed to a prefix of one's own, with its
// lib/pkgconfig in PKG_CONFIG_PATH and its lib in LD_LIBRARY_PATH (on Debian,
// meson puts both below lib/x86_64-linux-gnu or the like).
package main

// #cgo pkg-config: usher-core
// #include <stdlib.h>
// #include <usher/acd.h>
// #include <usher/event.h>
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

// Fields are the fields of an input; numbers, texts and lists of ids.
type Fields map[string]any

func check(code C.int) {
	if code != 0 {
		fmt.Fprintln(os.Stderr, C.GoString(C.usher_strerror(code)))
		os.Exit(1)
	}
}

// cstring gives a C string that lives as long as the program.
func cstring(text string) *C.char { return C.CString(text) }

func input(acd *C.struct_usher_acd, now int64, name string, fields Fields) uint64 {
	size := C.size_t(unsafe.Sizeof(C.struct_usher_field_value{}))
	memory := C.calloc(C.size_t(len(fields)+1), size)
	defer C.free(memory)
	values := unsafe.Slice((*C.struct_usher_field_value)(memory), len(fields))
	at := 0
	for field, given := range fields {
		value := &values[at]
		value.field = C.usher_field_by_name(cstring(field))
		switch given := given.(type) {
		case int:
			value.number = C.uint64_t(given)
		case uint64:
			value.number = C.uint64_t(given)
		case string:
			value.data = unsafe.Pointer(cstring(given))
		case []uint64:
			list := C.calloc(C.size_t(len(given)), 8)
			copy(unsafe.Slice((*uint64)(list), len(given)), given)
			value.data, value.len = list, C.uint32_t(len(given))
		}
		at++
	}
	var made C.uint64_t
	check(C.usher_acd_input(acd, C.int64_t(now),
		C.usher_event_type_by_name(cstring(name)), &values[:1][0],
		C.size_t(len(fields)), &made, nil))
	return uint64(made)
}

func main() {
	var acd *C.struct_usher_acd
	check(C.usher_acd_new(&acd, nil, nil))
	defer C.usher_acd_free(acd)
	queue := input(acd, 1000000, "in_queue_set", Fields{
		"name": "sales", "policy": "longest_idle", "fallback": "longest_idle",
		"offer_timeout": 20000000, "decide_timeout": 2000000})
	agent := input(acd, 1000000, "in_agent_set",
		Fields{"name": "ann", "max_total": 1})
	input(acd, 1000000, "in_presence", Fields{"agent": agent, "presence": 1})
	contact := input(acd, 2000000, "in_contact_new", Fields{"channel": "voice"})
	input(acd, 2000000, "in_enqueue",
		Fields{"contact": contact, "queues": []uint64{queue}})
	text, size := (*C.char)(C.malloc(65536)), C.size_t(0)
	for event := C.usher_acd_next(acd); event != nil; event = C.usher_acd_next(acd) {
		check(C.usher_event_json(event, text, 65536, &size))
		fmt.Println(C.GoString(text))
	}
}
