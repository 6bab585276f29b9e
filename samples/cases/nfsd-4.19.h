// Types of the NFS server of a 4.19 kernel; see kernel-4.19.h. Every member is there, those of other
// types as bytes.
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
    char sc_lock[4];
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
    struct rb_node cl_namenode;
    struct list_head *cl_ownerstr_hashtbl;
    struct list_head cl_openowners;
    char cl_stateids[24];
    struct list_head cl_delegations;
    struct list_head cl_revoked;
    struct list_head cl_lru;
    char cl_name[16];
    char cl_verifier[8];
    char cl_time[8];
    char cl_addr[128];
    bool cl_mach_cred;
    char pad_297[7];
    char cl_cred[56];
    char cl_clientid[8];
    char cl_confirm[8];
    u32 cl_minorversion;
    char pad_380[4];
    char cl_cb_conn[280];
    unsigned long cl_flags;
    struct rpc_cred *cl_cb_cred;
    struct rpc_clnt *cl_cb_client;
    u32 cl_cb_ident;
    int cl_cb_state;
    char cl_cb_null[96];
    struct nfsd4_session *cl_cb_session;
    char cl_lock[4];
    char pad_804[4];
    struct list_head cl_sessions;
    char cl_cs_slot[120];
    u32 cl_exchange_flags;
    atomic_t cl_refcount;
    char cl_spo_must_allow[16];
    unsigned long cl_cb_slot_busy;
    char cl_cb_waitq[160];
    struct net *net;
};
SIZE(nfs4_client, 1144);
OFFSET(nfs4_client, cl_idhash, 0);
OFFSET(nfs4_client, cl_namenode, 16);
OFFSET(nfs4_client, cl_ownerstr_hashtbl, 40);
OFFSET(nfs4_client, cl_openowners, 48);
OFFSET(nfs4_client, cl_stateids, 64);
OFFSET(nfs4_client, cl_delegations, 88);
OFFSET(nfs4_client, cl_revoked, 104);
OFFSET(nfs4_client, cl_lru, 120);
OFFSET(nfs4_client, cl_name, 136);
OFFSET(nfs4_client, cl_verifier, 152);
OFFSET(nfs4_client, cl_time, 160);
OFFSET(nfs4_client, cl_addr, 168);
OFFSET(nfs4_client, cl_mach_cred, 296);
OFFSET(nfs4_client, cl_cred, 304);
OFFSET(nfs4_client, cl_clientid, 360);
OFFSET(nfs4_client, cl_confirm, 368);
OFFSET(nfs4_client, cl_minorversion, 376);
OFFSET(nfs4_client, cl_cb_conn, 384);
OFFSET(nfs4_client, cl_flags, 664);
OFFSET(nfs4_client, cl_cb_cred, 672);
OFFSET(nfs4_client, cl_cb_client, 680);
OFFSET(nfs4_client, cl_cb_ident, 688);
OFFSET(nfs4_client, cl_cb_state, 692);
OFFSET(nfs4_client, cl_cb_null, 696);
OFFSET(nfs4_client, cl_cb_session, 792);
OFFSET(nfs4_client, cl_lock, 800);
OFFSET(nfs4_client, cl_sessions, 808);
OFFSET(nfs4_client, cl_cs_slot, 824);
OFFSET(nfs4_client, cl_exchange_flags, 944);
OFFSET(nfs4_client, cl_refcount, 948);
OFFSET(nfs4_client, cl_spo_must_allow, 952);
OFFSET(nfs4_client, cl_cb_slot_busy, 968);
OFFSET(nfs4_client, cl_cb_waitq, 976);
OFFSET(nfs4_client, net, 1136);
