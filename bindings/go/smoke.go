// The core library from Go, through cgo: cd bindings/go && go run . In a
// prefix of one's own, with its lib/pkgconfig in PKG_CONFIG_PATH and its lib
// in LD_LIBRARY_PATH (on Debian both below lib/x86_64-linux-gnu or the like).
package main

// #cgo pkg-config: usher-core
// #include <stdlib.h>
// #include <usher/acd.h>
import "C"

import (
	"fmt"
	"unsafe"
)

func check(code C.int) {
	if code != 0 {
		panic(C.GoString(C.usher_strerror(code)))
	}
}

func main() {
	var acd *C.struct_usher_acd
	check(C.usher_acd_new(&acd, nil, nil))
	defer C.usher_acd_free(acd)

	// What a struct points at is C's: Go moves its own.
	queue := (*C.uint64_t)(C.calloc(1, C.sizeof_uint64_t))
	defer C.free(unsafe.Pointer(queue))
	var agent, contact C.uint64_t
	sales := C.struct_usher_queue_opts{
		size: C.sizeof_struct_usher_queue_opts, name: C.CString("sales")}
	ann := C.struct_usher_agent_opts{
		size: C.sizeof_struct_usher_agent_opts, name: C.CString("ann")}
	place := C.struct_usher_enqueue_opts{
		size: C.sizeof_struct_usher_enqueue_opts, queues: queue, queue_count: 1}
	check(C.usher_acd_queue_set(acd, 1000000, &sales, queue, nil))
	check(C.usher_acd_agent_set(acd, 1000000, &ann, &agent, nil))
	check(C.usher_acd_presence(acd, 1000000, agent, C.USHER_READY, nil))
	check(C.usher_acd_contact_new(acd, 2000000, nil, &contact))
	check(C.usher_acd_enqueue(acd, 2000000, contact, &place, nil))

	var text [65536]C.char
	var size C.size_t
	for event := C.usher_acd_next(acd); event != nil; event = C.usher_acd_next(acd) {
		check(C.usher_event_json(event, &text[0], C.size_t(len(text)), &size))
		fmt.Println(C.GoString(&text[0]))
	}
}
