{{ staged_asset_uses(source('exstream', 'asset_uses')) }}
