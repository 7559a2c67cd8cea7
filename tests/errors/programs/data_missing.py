import limpide as lp

lp.data.mnist("nowhere")
