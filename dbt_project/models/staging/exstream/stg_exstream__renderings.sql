{{ staged_renderings(source('exstream', 'renderings')) }}
