/* SPDX-License-Identifier: Apache-2.0 */
/* How OpenSSL starts in a process of ours. */
#ifndef HALLMARK_CORE_CRYPTO_LIBRARY_H
#define HALLMARK_CORE_CRYPTO_LIBRARY_H

/*
 * Call before anything else of core/crypto or host/net, once per process: no configuration file is read (what is
 * accepted is said in our code alone), and the tables of every cipher's and digest's old name, which we never ask by,
 * are not made. Without the call everything works too, and takes about 100 KiB more.
 */
void library_start(void);

#endif
