{{ staged_delivery_outputs(of_linked_outputs(source('exstream', 'delivery_outputs'))) }}
