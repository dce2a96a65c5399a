{{ staged_communications(source('exstream', 'communications')) }}
