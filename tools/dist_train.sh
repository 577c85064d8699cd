#!/usr/bin/env bash
# bash tools/dist_train.sh CONFIG GPUS [options of tools/train.py]
#
# GPUS is the number of processes on this machine, with or without GPUs. Several machines: start
# it on each with NNODES, NODE_RANK, MASTER_ADDR and MASTER_PORT set alike but for NODE_RANK.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: bash tools/dist_train.sh CONFIG GPUS [options]" >&2
    exit 2
fi
CONFIG=$1; GPUS=$2; shift 2
if ! [[ "$GPUS" =~ ^[1-9][0-9]*$ ]]; then
    echo "error: GPUS is '$GPUS'; give the number of processes, 1 or more" >&2
    exit 2
fi

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
NNODES=${NNODES:-1}
if [ "$NNODES" -eq 1 ]; then
    # Port 0 lets torchrun take any free port, so that two runs on a machine do not meet.
    RENDEZVOUS=(--rdzv-backend=c10d --rdzv-endpoint="localhost:${MASTER_PORT:-0}")
else
    RENDEZVOUS=(
        --node-rank="${NODE_RANK:?set NODE_RANK, 0 on the first machine}"
        --master-addr="${MASTER_ADDR:?set MASTER_ADDR, the first machine}"
        --master-port="${MASTER_PORT:-29500}"
    )
fi

# The processes share the cores; each loader's worker uses one thread anyway.
THREADS=$(($(nproc) / GPUS))
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$((THREADS > 0 ? THREADS : 1))}
export MKL_NUM_THREADS=${MKL_NUM_THREADS:-$OMP_NUM_THREADS}

exec "${PYTHON:-python}" "$HERE/dist_launch.py" \
    --nnodes="$NNODES" --nproc-per-node="$GPUS" "${RENDEZVOUS[@]}" \
    "$HERE/train.py" "$CONFIG" --launcher pytorch "$@"
