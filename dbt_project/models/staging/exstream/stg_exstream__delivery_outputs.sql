{{ staged_delivery_outputs(source('exstream', 'delivery_outputs')) }}
