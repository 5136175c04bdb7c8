/** @file
 * A server around a center: YAML in, HTTP out.
 *
 * A struct usher_server reads one configuration file, makes the host and the
 * center or centers that it describes, and serves them over HTTP: state and
 * actions under /api/v1, a WebSocket of events, OpenMetrics at /metrics and a
 * wallboard at /. Everything in it uses public functions only; a product
 * with an administration of its own needs none of it.
 */
#ifndef USHER_SERVER_H
#define USHER_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include <usher/center.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_server;

/** What a server is started with. */
struct usher_server_opts {
	size_t size; /**< set by usher_server_opts_init() */

	/** The configuration file. Needed. */
	const char *config_file;

	/**
	 * Address for SIP, RTP and HTTP instead of those of the file: "::1",
	 * "192.0.2.7". NULL keeps the file's. HTTP follows to an address that
	 * is not loopback only with a token in the file; without one it stays
	 * where the file has it, and the log says so.
	 */
	const char *listen_address;

	/** Directory of journal, history and recordings, made if it is not
	 * there; instead of the file's. NULL keeps the file's. */
	const char *state_dir;

	/**
	 * How many following ports to try when a port of the file is taken;
	 * 0 means that a taken port is an error. usher_server_info() tells
	 * which ports were found.
	 */
	uint32_t port_tries;
	uint32_t reserved; /**< zero */

	/**
	 * Called with each line of the log, level as in enum usher_log_level:
	 * UTF-8, no line end, no secrets. NULL means no log. Thread: any of
	 * the server's own, so it must not block, and must not call back.
	 */
	usher_log_fn *log;
	void *log_arg; /**< handed to log */
};

/** Where a running server can be reached. Borrows nothing. */
struct usher_server_info {
	size_t size; /**< set by the caller to its sizeof */
	/** "127.0.0.1:5060", "[::1]:5060", for UDP and TCP; "": no SIP */
	char sip_address[64];
	/** "127.0.0.1:8080", as in an HTTP URL; "": no HTTP */
	char http_address[64];
	uint32_t center_count; /**< how many centers it has */
	uint32_t http_token;   /**< nonzero: HTTP asks for a token */
};

/** An agent of the configuration, for an example that tells a newcomer whom
 * to be. Texts are borrowed until the next reload or free. */
struct usher_server_agent {
	size_t size;          /**< set by the caller to its sizeof */
	const char *center;   /**< name of the center */
	const char *name;     /**< also the SIP user */
	const char *domain;   /**< SIP domain */
	const char *password; /**< "" if there is none; NULL if it came from a
			       * file or the environment */
	const char *pin;      /**< as above */
};

/** A dialed number of the configuration. Borrowed as above. */
struct usher_server_entry {
	size_t size;        /**< set by the caller to its sizeof */
	const char *center; /**< name of the center */
	const char *number; /**< what to dial */
	const char *domain; /**< SIP domain */
	const char *flow;   /**< what it starts */
};

/** A prompt of the configuration that names a sound file. Borrowed for the
 * call. */
struct usher_server_prompt {
	size_t size;          /**< set by the library to its sizeof */
	const char *name;     /**< of the prompt */
	const char *language; /**< "en" */
	const char *text;     /**< what it says; "" for music and tones */
	const char *sound;    /**< file, as it is written in the YAML */
};

/** Set size and defaults. Since 0.1. */
USHER_API void usher_server_opts_init(struct usher_server_opts *opts,
				      size_t size);

/**
 * Read and check a configuration without starting anything: no port is
 * opened, no file is written. What is good here is refused by
 * usher_server_new() for reasons outside the file only: a taken port, a
 * folder that cannot be written.
 *
 * @param file  YAML file
 * @param err   File, line and column of the first mistake; may be NULL
 *
 * @return 0, or USHER_EINVAL, USHER_ENOENT, USHER_EFULL, USHER_EIO,
 *         USHER_ENOMEM, USHER_ENOTSUP (TLS, which this build has not).
 *         Thread: any. Since 0.1.
 */
USHER_API int usher_server_check(const char *file, struct usher_error *err);

/**
 * Tell each prompt that names a sound file, so that a program can render the
 * files that are missing.
 *
 * @param file  YAML file
 * @param tell  Called for each; anything but 0 ends it and is returned
 * @param arg   For tell
 * @param err   Detail; may be NULL
 *
 * @return 0, what tell returned, or as usher_server_check(). Thread: any.
 *         Since 0.1.
 */
USHER_API int usher_server_prompts(
	const char *file,
	int (*tell)(void *arg, const struct usher_server_prompt *prompt),
	void *arg, struct usher_error *err);

/**
 * Read the configuration, start the host, its centers and HTTP. When this
 * returns 0 calls are being answered.
 *
 * @param ret   The server, to be freed with usher_server_free()
 * @param opts  What to start; copied
 * @param err   Detail; may be NULL
 *
 * @return 0, or as usher_server_check(); USHER_EEXIST when a port is taken.
 *         Thread: any. Since 0.1.
 */
USHER_API int usher_server_new(struct usher_server **ret,
			       const struct usher_server_opts *opts,
			       struct usher_error *err);

/**
 * Read the configuration file again and apply what has changed, in all
 * centers or in none. Every center is asked first: when one would refuse,
 * nothing is touched and the server runs on as before. Blocks until every
 * center has taken its part; when one refuses after all, those before it get
 * their old part back, where agents and empty queues that the new part had
 * not are signed out and have other ids; what fails of that is logged.
 *
 * @return 0, or as usher_server_check(); USHER_ENOTSUP when a change needs
 *         a restart (err names the place); what a center answered, or
 *         USHER_ETIMEDOUT; USHER_EFORK in a child. Thread: any but a log
 *         callback; one at a time. Since 0.1.
 */
USHER_API int usher_server_reload(struct usher_server *server,
				  struct usher_error *err);

/** Where the server is reached. @return 0 or USHER_EINVAL. Since 0.1. */
USHER_API int usher_server_info(const struct usher_server *server,
				struct usher_server_info *ret);

/** Agent number i, from 0. @return 0, USHER_ENOENT past the last. Since 0.1.
 */
USHER_API int usher_server_agent(const struct usher_server *server, uint32_t i,
				 struct usher_server_agent *ret);

/** Entry number i, from 0. @return 0, USHER_ENOENT past the last. Since 0.1.
 */
USHER_API int usher_server_entry(const struct usher_server *server, uint32_t i,
				 struct usher_server_entry *ret);

/** The host inside, borrowed until usher_server_free(). Since 0.1. */
USHER_API struct usher_host *usher_server_host(struct usher_server *server);

/** Center number i, from 0, borrowed; NULL past the last. Since 0.1. */
USHER_API struct usher_center *usher_server_center(struct usher_server *server,
						   uint32_t i);

/**
 * End: HTTP is closed, calls get their BYE, the journal is closed. NULL is
 * fine. Blocks until all of it is done, at most a few seconds. Does nothing
 * in a child after fork. Thread: any but a callback. Since 0.1.
 */
USHER_API void usher_server_free(struct usher_server *server);

#ifdef __cplusplus
}
#endif
#endif
