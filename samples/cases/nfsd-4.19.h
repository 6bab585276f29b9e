// Types of the NFS server of a 4.19 kernel; see kernel-4.19.h.
#pragma once

#include "kernel-4.19.h"

typedef struct {
    u32 seqid;
    u8 other[12];
} stateid_t;

struct nfs4_stid {
    refcount_t sc_count;
    unsigned char sc_type;
    char pad_5[3];
    stateid_t sc_stateid;
    unsigned int sc_lock;
    char pad_28[4];
    struct nfs4_client *sc_client;
    struct nfs4_file *sc_file;
    void (*sc_free)(struct nfs4_stid *);
};
SIZE(nfs4_stid, 56);
OFFSET(nfs4_stid, sc_count, 0);
OFFSET(nfs4_stid, sc_type, 4);
OFFSET(nfs4_stid, sc_stateid, 8);
OFFSET(nfs4_stid, sc_lock, 24);
OFFSET(nfs4_stid, sc_client, 32);
OFFSET(nfs4_stid, sc_file, 40);
OFFSET(nfs4_stid, sc_free, 48);

struct nfs4_client {
    struct list_head cl_idhash;
    char pad_16[104];
    struct list_head cl_lru;
    char pad_136[24];
    long cl_time;
    char pad_168[208];
    u32 cl_minorversion;
    char pad_380[284];
    unsigned long cl_flags;
    char pad_672[8];
    struct rpc_clnt *cl_cb_client;
    char pad_688[4];
    int cl_cb_state;
    char pad_696[96];
    struct nfsd4_session *cl_cb_session;
    unsigned int cl_lock;
    char pad_804[144];
    atomic_t cl_refcount;
    char pad_952[192];
};
SIZE(nfs4_client, 1144);
OFFSET(nfs4_client, cl_idhash, 0);
OFFSET(nfs4_client, cl_lru, 120);
OFFSET(nfs4_client, cl_time, 160);
OFFSET(nfs4_client, cl_minorversion, 376);
OFFSET(nfs4_client, cl_flags, 664);
OFFSET(nfs4_client, cl_cb_client, 680);
OFFSET(nfs4_client, cl_cb_state, 692);
OFFSET(nfs4_client, cl_cb_session, 792);
OFFSET(nfs4_client, cl_lock, 800);
OFFSET(nfs4_client, cl_refcount, 948);
